//go:build tools

// Package tools pins the program that is built; it is never compiled itself.
package tools

import _ "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi"

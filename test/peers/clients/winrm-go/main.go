// Runs command lines with github.com/masterzen/winrm, sealed with NTLM over http. Standard input holds
// {"port", "user", "password", "commands": ["…"]}; standard output [{"exitCode", "stdout", "stderr"}].
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"log"
	"os"

	"github.com/masterzen/winrm"
)

type job struct {
	Port           int
	User, Password string
	Commands       []string
}

type result struct {
	ExitCode int    `json:"exitCode"`
	Stdout   string `json:"stdout"`
	Stderr   string `json:"stderr"`
}

func main() {
	var wanted job
	if err := json.NewDecoder(os.Stdin).Decode(&wanted); err != nil {
		log.Fatal(err)
	}
	parameters := winrm.NewParameters("PT60S", "en-US", 153600)
	parameters.TransportDecorator = func() winrm.Transporter {
		sealed, err := winrm.NewEncryption("ntlm")
		if err != nil {
			log.Fatal(err)
		}
		return sealed
	}
	endpoint := winrm.NewEndpoint("127.0.0.1", wanted.Port, false, false, nil, nil, nil, 0)
	client, err := winrm.NewClientWithParameters(endpoint, wanted.User, wanted.Password, parameters)
	if err != nil {
		log.Fatal(err)
	}
	results := []result{}
	for _, command := range wanted.Commands {
		var stdout, stderr bytes.Buffer
		code, err := client.RunWithContext(context.Background(), command, &stdout, &stderr)
		if err != nil {
			log.Fatal(err)
		}
		results = append(results, result{code, stdout.String(), stderr.String()})
	}
	if err := json.NewEncoder(os.Stdout).Encode(results); err != nil {
		log.Fatal(err)
	}
}

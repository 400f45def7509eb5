/** What `run-tests` hands to the test processes it starts. */

/** Names the temporary folder that all test files of one run share; removed when the run ends. */
export const RUN_DIRECTORY_VARIABLE = "PULUMI_WINRM_TEST_RUN";

/** Holds the `PulumiCli` that was found, as JSON, so that each test file need not look again. */
export const CLI_VARIABLE = "PULUMI_WINRM_TEST_CLI";

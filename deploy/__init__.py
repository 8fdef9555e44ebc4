"""How Urban Enclave runs: preparing a machine, supervising the processes, the command line and the demo."""

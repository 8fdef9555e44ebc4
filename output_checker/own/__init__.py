"""Own variables: columns that a researcher made outside this service, keyed by the unit, judged by people."""

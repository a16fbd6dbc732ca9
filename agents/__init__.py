"""What runs: supply-chain agents and the configuration they follow while they run."""

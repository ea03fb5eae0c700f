"""What a running service installs of others: under which licences, and with which known holes."""

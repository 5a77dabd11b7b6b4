"""The network of colleagues who help: joining, own settings, the desk, and who is nearest."""

"""Reading rows and files that people wrote into values, with every fault and its line."""

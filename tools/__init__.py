"""Programs that people run on their own machine. None of them is deployed."""

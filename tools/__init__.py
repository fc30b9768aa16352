"""Programs that people run on their own machine; none of them is deployed."""

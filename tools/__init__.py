"""What people run on their own machine; none of it is deployed."""

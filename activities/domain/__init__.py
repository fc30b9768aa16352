"""What an enrolment's events say together, what its activity should be, and what a failure leads to. Pure."""

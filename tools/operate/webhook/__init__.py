"""`lms-sync webhook`: signs and sends files as the LMS would, to try a webhook."""

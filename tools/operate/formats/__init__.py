"""`lms-sync formats`: tries formats on messages captured from an LMS. It sends nothing."""

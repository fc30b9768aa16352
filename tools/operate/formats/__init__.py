"""Try formats on captured messages of an LMS: what each event becomes and why, without sending anything."""

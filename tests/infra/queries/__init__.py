"""The queries of alerts, workbook and pages: Microsoft's own binder finds nothing wrong, and all names exist."""

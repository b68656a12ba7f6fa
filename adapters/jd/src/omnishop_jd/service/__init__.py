"""Service orders (服务单): everything after shipment, with their waybills and refund facts."""

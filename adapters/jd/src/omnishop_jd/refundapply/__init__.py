"""Cancel-refund applications (退款申请单, before shipment) and compensations (赔付单)."""

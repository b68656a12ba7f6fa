"""Orders (订单): `wire` what comes, `mapping` codes and wire to the model."""

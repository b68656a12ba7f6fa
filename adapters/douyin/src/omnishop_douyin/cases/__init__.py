"""After-sales cases (售后单): `wire` what comes, `tables` what codes mean, `mapping` to the model."""

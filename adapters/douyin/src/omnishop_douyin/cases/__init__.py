"""After-sales cases (售后单): what comes, what codes mean, what they say together, and both answers to the model.

`wire` · `tables` · `states` · `rows` of the list · `mapping` of the detail
"""

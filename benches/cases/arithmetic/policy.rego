package quote

# In cents, so that all numbers are integers.
price := ((base + surcharge) * (100 - discount)) / 100

base := input.units * input.unit_price

surcharge := 0 if input.weight <= 1000

surcharge := 250 + (((input.weight - 1000) / 500) * 75) if input.weight > 1000

discount := 0 if input.units < 10

discount := 5 if {
	input.units >= 10
	input.units < 100
}

discount := min([20, (input.units / 100) * 10]) if input.units >= 100

package test.omit_result

f(__local350__) := __local350__

p if {
	data.test.omit_result.f(1)
}

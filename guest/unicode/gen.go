// Writes ../src/unicode/tables.rs from Go's Unicode tables, since built-ins must agree with OPA's:
//   go run gen.go > ../src/unicode/tables.rs
package main

import (
	"fmt"
	"strconv"
	"unicode"
)

func varint(out []byte, x uint32) []byte {
	for x >= 0x80 {
		out = append(out, byte(x)|0x80)
		x >>= 7
	}
	return append(out, byte(x))
}

// Alternating lengths of runs of printable and unprintable code points, from U+0080.
func print() []byte {
	var out []byte
	at, printable := rune(0x80), true
	for r := at; r <= unicode.MaxRune; r++ {
		if strconv.IsPrint(r) != printable {
			out = varint(out, uint32(r-at))
			at, printable = r, !printable
		}
	}
	return varint(out, uint32(unicode.MaxRune+1-at))
}

// Runs of code points that map by one distance: gap from the end of the last run, then (count-1)*2 + (1 if every second
// code point), then the distance, zigzag.
func mapping(f func(rune) rune) []byte {
	var out []byte
	end := rune(0x80)
	for r := end; r <= unicode.MaxRune; r++ {
		delta := f(r) - r
		if delta == 0 {
			continue
		}
		count, stride := rune(1), rune(1)
		if f(r+1)-(r+1) != delta && f(r+2)-(r+2) == delta {
			stride = 2
		}
		for f(r+count*stride)-(r+count*stride) == delta && (stride == 1 || f(r+count*2-1) == r+count*2-1) {
			count++
		}
		out = varint(out, uint32(r-end))
		out = varint(out, uint32((count-1)*2+stride-1))
		out = varint(out, uint32((delta<<1)^(delta>>31)))
		end = r + (count-1)*stride + 1
		r = end - 1
	}
	return out
}

func emit(doc, name string, table []byte) {
	fmt.Printf("\n/// %s\n#[rustfmt::skip]\npub(super) static %s: [u8; %d] = [", doc, name, len(table))
	for i, b := range table {
		if i%32 == 0 {
			fmt.Print("\n   ")
		}
		fmt.Printf(" %d,", b)
	}
	fmt.Println("\n];")
}

func main() {
	fmt.Printf("//! Tables of Unicode %s, written by unicode/gen.go; do not edit.\n", unicode.Version)
	emit("Alternating lengths of runs of printable and unprintable code points, from U+0080.", "PRINT", print())
	emit("Runs that map to upper case: gap, count and stride, distance.", "UPPER", mapping(unicode.ToUpper))
	emit("Runs that map to lower case.", "LOWER", mapping(unicode.ToLower))
}

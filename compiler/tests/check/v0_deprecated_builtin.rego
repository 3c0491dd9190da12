# options: v0
package a

p { any([true]) }

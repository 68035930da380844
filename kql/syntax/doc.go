// Package syntax reads KQL text into a tree. It knows the whole language, statements and
// operators, whether or not the rest of the compiler can run them.
package syntax

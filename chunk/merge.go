package chunk

import (
	"encoding/binary"
	"fmt"
	"unsafe"
)

// shareText is the size from which Merge takes over a source's regions of text
// as they are. Smaller ones are mostly empty and are copied together.
const shareText = 256 << 10

// Merge makes one chunk of the rows of several, in their order. They must be
// of one table and workspace; columns are matched by name, and one that a
// chunk lacks is null or zero in its rows. The sources stay with their
// holders; the caller holds the result once. Merge of no chunks is nil.
func Merge(chunks []*Chunk) *Chunk {
	if len(chunks) == 0 {
		return nil
	}
	var specs []Spec
	seen := map[string]int{}
	for _, c := range chunks {
		if c.Table != chunks[0].Table || c.Workspace != chunks[0].Workspace {
			panic(fmt.Sprintf("chunk: merge of %s/%s with %s/%s", chunks[0].Workspace, chunks[0].Table, c.Workspace, c.Table))
		}
		for _, s := range c.layout.specs {
			if i, ok := seen[s.Name]; !ok {
				seen[s.Name] = len(specs)
				specs = append(specs, s)
			} else if specs[i].Kind != s.Kind {
				panic(fmt.Sprintf("chunk: merge of column %s as %s and %s", s.Name, specs[i].Kind, s.Kind))
			}
		}
	}
	b := NewBuilder(specs)
	var taken []*region
	for _, c := range chunks {
		share := false
		if size := c.bytes - int64(len(c.fixed.mem)); size >= shareText {
			share = true
			for _, r := range c.text {
				r.retain()
				taken = append(taken, r)
			}
		}
		for i, s := range specs {
			b.column(i, c, s, share)
		}
		b.rows += c.Rows
	}
	out := b.Finish(chunks[0].Workspace, chunks[0].Table)
	for _, r := range taken {
		out.bytes += int64(len(r.mem))
	}
	out.text = append(out.text, taken...)
	return out
}

// column appends a column of c to the rows under construction.
func (b *Builder) column(i int, c *Chunk, s Spec, share bool) {
	data, valid, _, ok := c.Column(s.Name)
	if !ok {
		return
	}
	dst := &b.cols[i]
	end := b.rows + c.Rows
	if dst.n < b.rows {
		from := dst.n
		dst.reach(b.rows)
		if dst.nullable && from < b.rows {
			dst.null(b.rows - 1)
		}
	}
	dst.any = true
	if need := end * dst.width; need > len(dst.data) {
		grown := make([]byte, max(need, 2*len(dst.data)))
		copy(grown, dst.data[:dst.n*dst.width])
		dst.data = grown
	}
	at := b.rows * dst.width
	dst.n = end
	copy(dst.data[at:], unsafe.Slice((*byte)(data), c.Rows*dst.width))
	if valid != nil {
		for row := range c.Rows {
			if *(*uint64)(unsafe.Add(valid, row/64*8))>>(row%64)&1 == 0 {
				dst.null(b.rows + row)
			}
		}
	}
	if s.Kind != Text || share {
		return
	}
	base := b.rows
	for row := range c.Rows {
		p := dst.data[(base+row)*16 : (base+row+1)*16]
		if binary.LittleEndian.Uint32(p) <= inline {
			continue
		}
		b.rows = max(base+row, 1) // the cache may be asked: there are rows before
		b.longText(dst, p, textAt(unsafe.Add(data, row*16)))
	}
	b.rows = base
}

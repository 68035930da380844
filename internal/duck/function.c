// What the scalar functions written in Go need of DuckDB's C interface: one call
// from the engine into Go for a whole chunk, and one call back for all long texts.

#include <stdint.h>
#include <stddef.h>

typedef void *handle;

uint64_t duckdb_data_chunk_get_size(handle chunk);
handle duckdb_data_chunk_get_vector(handle chunk, uint64_t column);
uint64_t duckdb_data_chunk_get_column_count(handle chunk);
void *duckdb_vector_get_data(handle vector);
uint64_t *duckdb_vector_get_validity(handle vector);
void duckdb_vector_ensure_validity_writable(handle vector);
void duckdb_vector_assign_string_element_len(handle vector, uint64_t row, const char *text, uint64_t len);
void *duckdb_scalar_function_get_extra_info(handle info);

void duckdb_scalar_function_set_error(handle info, const char *error);

extern int lazuliScalar(uint64_t id, uint64_t rows, uint64_t columns, void **data, uint64_t **valid, void *out, void *outData);

// Each native is known by the address of its byte in ids.
enum { maxNatives = 1024, maxColumns = 2048 };
static char ids[maxNatives];

void *lazuli_native_id(uint64_t id) { return id < maxNatives ? &ids[id] : NULL; }

static void call(handle info, handle chunk, handle out) {
	void *data[maxColumns];
	uint64_t *valid[maxColumns];
	uint64_t columns = duckdb_data_chunk_get_column_count(chunk);
	if (columns > maxColumns)
		columns = maxColumns;
	for (uint64_t i = 0; i < columns; i++) {
		handle v = duckdb_data_chunk_get_vector(chunk, i);
		data[i] = duckdb_vector_get_data(v);
		valid[i] = duckdb_vector_get_validity(v);
	}
	uint64_t id = (uint64_t)((char *)duckdb_scalar_function_get_extra_info(info) - ids);
	if (lazuliScalar(id, duckdb_data_chunk_get_size(chunk), columns, data, valid, out, duckdb_vector_get_data(out)))
		duckdb_scalar_function_set_error(info, "Out of Memory Error: a function made too much text of one chunk of rows");
}

void *lazuli_scalar_callback(void) { return (void *)call; }

// lazuli_assign sets n rows of a text vector: row rows[i] gets the bytes of text
// between ends[i-1] and ends[i].
void lazuli_assign(void *vector, uint64_t n, const uint64_t *rows, const uint64_t *ends, const char *text) {
	uint64_t from = 0;
	for (uint64_t i = 0; i < n; i++) {
		duckdb_vector_assign_string_element_len(vector, rows[i], text + from, ends[i] - from);
		from = ends[i];
	}
}

uint64_t *lazuli_validity(void *vector) {
	duckdb_vector_ensure_validity_writable(vector);
	return duckdb_vector_get_validity(vector);
}

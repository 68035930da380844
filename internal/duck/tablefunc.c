// What the table function over chunks needs of DuckDB's C interface. The state of
// a scan lives in Go; the engine is handed its number, so that no pointer of
// either side is kept by the other.

#include <stdint.h>
#include <stddef.h>
#include <stdlib.h>

typedef void *handle;

void duckdb_bind_set_bind_data(handle info, void *data, void (*destroy)(void *));
uint64_t duckdb_init_get_column_count(handle info);
uint64_t duckdb_init_get_column_index(handle info, uint64_t i);
void *duckdb_init_get_bind_data(handle info);
void duckdb_init_set_init_data(handle info, void *data, void (*destroy)(void *));
void duckdb_init_set_max_threads(handle info, uint64_t n);
void *duckdb_function_get_init_data(handle info);
void *duckdb_function_get_local_init_data(handle info);
handle duckdb_data_chunk_get_vector(handle chunk, uint64_t column);
uint64_t duckdb_data_chunk_get_column_count(handle chunk);
void duckdb_data_chunk_set_size(handle chunk, uint64_t n);
void *duckdb_vector_get_data(handle vector);

extern void lazuliHotBind(void *info);
extern uint64_t lazuliHotInit(uint64_t bound, uint64_t columns, uint64_t *index, uint64_t *threads);
extern uint64_t lazuliHotLocal(uint64_t bound);
extern uint64_t lazuliHotFill(uint64_t scan, uint64_t local, uint64_t columns, void **vectors, void **data);
extern void lazuliHotDrop(uint64_t id);

enum { maxColumns = 4096 };

static void drop(void *id) { lazuliHotDrop((uint64_t)(uintptr_t)id); }

void lazuli_hot_bound(void *info, uint64_t id) {
	duckdb_bind_set_bind_data(info, (void *)(uintptr_t)id, drop);
}

static void bind(handle info) { lazuliHotBind(info); }

static void init(handle info) {
	uint64_t index[maxColumns], threads = 1;
	uint64_t n = duckdb_init_get_column_count(info);
	if (n > maxColumns)
		n = maxColumns;
	for (uint64_t i = 0; i < n; i++)
		index[i] = duckdb_init_get_column_index(info, i);
	uint64_t id = lazuliHotInit((uint64_t)(uintptr_t)duckdb_init_get_bind_data(info), n, index, &threads);
	duckdb_init_set_init_data(info, (void *)(uintptr_t)id, drop);
	duckdb_init_set_max_threads(info, threads);
}

static void local(handle info) {
	uint64_t id = lazuliHotLocal((uint64_t)(uintptr_t)duckdb_init_get_bind_data(info));
	duckdb_init_set_init_data(info, (void *)(uintptr_t)id, drop);
}

static void fill(handle info, handle chunk) {
	void *vectors[maxColumns], *data[maxColumns];
	uint64_t n = duckdb_data_chunk_get_column_count(chunk);
	if (n > maxColumns)
		n = maxColumns;
	for (uint64_t i = 0; i < n; i++) {
		vectors[i] = duckdb_data_chunk_get_vector(chunk, i);
		data[i] = duckdb_vector_get_data(vectors[i]);
	}
	uint64_t rows = lazuliHotFill((uint64_t)(uintptr_t)duckdb_function_get_init_data(info),
		(uint64_t)(uintptr_t)duckdb_function_get_local_init_data(info), n, vectors, data);
	duckdb_data_chunk_set_size(chunk, rows);
}

void *lazuli_hot_bind(void) { return (void *)bind; }
void *lazuli_hot_init(void) { return (void *)init; }
void *lazuli_hot_local(void) { return (void *)local; }
void *lazuli_hot_fill(void) { return (void *)fill; }

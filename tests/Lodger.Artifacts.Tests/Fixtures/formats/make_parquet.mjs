// Writes the Parquet files with DuckDB's and hyparquet's writers, and puts what DuckDB's reader says of them into expected.json. After make.py, by hand:
//     npm install --no-save @duckdb/node-api hyparquet-writer && node make_parquet.mjs
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createRequire } from 'node:module'
import { pathToFileURL } from 'node:url'

const here = dirname(fileURLToPath(import.meta.url))
const require = createRequire(join(process.cwd(), 'anything.js'))
const { DuckDBInstance } = await import(pathToFileURL(require.resolve('@duckdb/node-api')))
const { parquetWriteFile } = await import(pathToFileURL(join(process.cwd(), 'node_modules/hyparquet-writer/src/node.js')))
const duck = await (await DuckDBInstance.create()).connect()
const table = "select i as step, 1.0 / (i + 1) as loss, case when i % 7 = 0 then null else 'note ' || (i % 5) end as note, [i, i + 1] as pair from range(5000) t(i)"
await duck.run(`copy (${table}) to '${join(here, 'duckdb.parquet')}' (format parquet, row_group_size 2048, compression zstd)`)
await duck.run(`copy (${table} limit 10) to '${join(here, 'duckdb_plain.parquet')}' (format parquet, compression uncompressed)`)
parquetWriteFile({
  filename: join(here, 'hyparquet.parquet'),
  columnData: [
    { name: 'epoch', data: Array.from({ length: 50 }, (_, i) => i), type: 'INT32' },
    { name: 'accuracy', data: Array.from({ length: 50 }, (_, i) => 1 - 1 / (i + 2)), type: 'DOUBLE' },
    { name: 'name', data: Array.from({ length: 50 }, (_, i) => `run ${i % 3}`), type: 'STRING' },
  ],
})
const expected = JSON.parse(readFileSync(join(here, 'expected.json'), 'utf8'))
for (const name of ['duckdb.parquet', 'duckdb_plain.parquet', 'hyparquet.parquet']) {
  const file = join(here, name)
  const rows = (await (await duck.runAndReadAll(`select count(*) from '${file}'`)).getRows())[0][0]
  const [columns, groups] = (await (await duck.runAndReadAll(`select count(distinct path_in_schema), count(distinct row_group_id) from parquet_metadata('${file}')`)).getRows())[0]
  expected[name] = { format: 'Parquet', says: `${rows} rows of ${columns} columns, ${groups} row groups` }
}
writeFileSync(join(here, 'expected.json'), JSON.stringify(Object.fromEntries(Object.entries(expected).sort(([a], [b]) => (a < b ? -1 : 1))), null, 1) + '\n')

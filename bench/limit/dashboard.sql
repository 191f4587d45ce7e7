SELECT '{"data":{"dashboard":null}}' WHERE $1::uuid IS NOT NULL AND $2::uuid IS NOT NULL

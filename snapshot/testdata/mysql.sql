-- Values that only MySQL has.
CREATE TABLE computed (id int PRIMARY KEY, v int AS (id+1) VIRTUAL, vs varchar(20) AS (concat(id,'x')) STORED);
CREATE TABLE geometries (id int PRIMARY KEY, g geometry, p point SRID 4326, c geomcollection);
CREATE TABLE vectors (id int PRIMARY KEY, v vector(2), v0 vector);
CREATE TABLE documents (id int PRIMARY KEY, j json);
INSERT INTO geometries VALUES (1, ST_GeomFromText('POINT(1 2)', 3857), ST_GeomFromText('POINT(45 90)', 4326), ST_GeomFromText('GEOMETRYCOLLECTION EMPTY')), (2, NULL, NULL, NULL);
INSERT INTO vectors VALUES (1, STRING_TO_VECTOR('[0,0]'), STRING_TO_VECTOR('[1,-1,1e30]')), (2, NULL, NULL);
INSERT INTO documents VALUES (1, '{}'), (2, '[]'), (3, '""'), (4, '0'), (5, NULL), (6, '{"a": {"b": [1, 2, {"c": "\\u0000\\ud83d\\ude00"}]}}');
INSERT INTO computed (id) VALUES (1), (2);

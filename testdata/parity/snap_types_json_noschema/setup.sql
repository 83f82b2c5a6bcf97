DROP DATABASE IF EXISTS `snap_types_json_noschema`; CREATE DATABASE `snap_types_json_noschema` CHARACTER SET utf8mb4; USE `snap_types_json_noschema`;
CREATE TABLE t (id INT PRIMARY KEY, a JSON, b JSON NOT NULL);
INSERT INTO t VALUES (1,'null','{}'),(2,'[]','[1, -1, 2.5, 1e30, true, false, null, "s"]'),(3,'"str"','{"b": {"c": [1,{"d":"e"}]}, "a": "ä\\n\\"q\\"", "": 0}'),(4,NULL,'18446744073709551615'),(5,'-9223372036854775808','1.0'),(6,'{"k":"😀"}','[[[[]]]]'),(7,'0.1','1e-7');
INSERT INTO t VALUES (8,CAST(CAST('2020-01-02 03:04:05.678' AS DATETIME(3)) AS JSON),CAST(CAST(123.450 AS DECIMAL(10,3)) AS JSON)),(9,CAST(CAST('10:11:12' AS TIME) AS JSON),CAST(CAST('2020-01-02' AS DATE) AS JSON)),(10,CAST(b'101' AS JSON),CAST(CAST('bin' AS BINARY) AS JSON));
UPDATE t SET a=JSON_OBJECT('x', REPEAT('y',70000)) WHERE id=1;
UPDATE t SET b=JSON_SET(b,'$.b.c[0]',2) WHERE id=3;

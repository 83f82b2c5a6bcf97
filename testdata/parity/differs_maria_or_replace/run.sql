USE `differs_maria_or_replace`;
CREATE OR REPLACE TABLE t (id INT PRIMARY KEY, z TEXT DEFAULT 'dflt'); INSERT INTO t VALUES (1,'z'); DELETE FROM t;

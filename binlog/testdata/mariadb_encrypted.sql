-- What mariadb_encrypted.dump holds, as MariaDB 10.11.18 with encrypt_binlog=ON,
-- file_key_management and binlog_annotate_row_events=ON sent it, and
-- mariadb_encrypted.binlog, the first of its two files, as it lay on the disk.
create table t (id int primary key, s varchar(20));
flush binary logs;
insert into t values (1,'s3cret'); update t set id=2; flush binary logs; delete from t;

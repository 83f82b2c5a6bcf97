-- What mariadb_types.binlog holds, written by MariaDB 11.4.5 with
-- binlog_row_metadata=FULL.
create database x; use x;
set global mysql56_temporal_format=OFF;
create table old (id int primary key, t time, t1 time(1), t3 time(3), t6 time(6), dt datetime, dt2 datetime(2), dt5 datetime(5), ts timestamp null, ts1 timestamp(1) null, ts6 timestamp(6) null, d date);
set time_zone='+00:00';
insert into old values (1,'-12:34:56','12:34:56.7','-00:00:00.001','838:59:59.999999','2011-12-31 23:59:58','2011-12-31 23:59:58.12','9999-12-31 23:59:59.99999','1970-01-01 00:00:07','2020-01-01 00:00:00.9','2038-01-19 03:14:07.999999','2020-02-29'),(2,'838:59:59','-838:59:59.9','0','-0:00:00.000001','0000-00-00','2020-00-10 00:00:00','1000-01-01 01:02:03.00001','2020-01-01','2020-01-01','2020-01-01','0000-00-00');
set global mysql56_temporal_format=ON;
create table comp (id int primary key, vc varchar(20) compressed, vl varchar(500) character set latin1 compressed, b blob compressed, tx text character set latin1 compressed, vb varbinary(500) compressed, lt longtext compressed, i4 inet4, i6 inet6, u uuid, g geometry, v varchar(10) character set latin1);
insert into comp values (1,'short',repeat('café ',60),repeat('xyz',300),repeat('é',200),repeat('q',400),repeat('long ',1000),'10.0.1.0','fe80:1::','123e4567-e89b-12d3-a456-426655440000',point(1,2),'é'),(2,'','','','','','','0.0.0.0','::','00000000-0000-0000-0000-000000000000',null,''),(3,null,null,null,null,null,null,null,'::1.2.3.4',null,null,null);
set column_compression_zlib_wrap=ON;
insert into comp (id,vl) values (4,repeat('wrap',100));
set column_compression_threshold=1000;
insert into comp (id,vl) values (5,repeat('plain',50));
set global log_bin_compress=ON;
create table big (id int primary key, t text);
insert into big values (1,repeat('abc',2000)),(2,'b'); update big set t=repeat('z',1000) where id=1; delete from big;

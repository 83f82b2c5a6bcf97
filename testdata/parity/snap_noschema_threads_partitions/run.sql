USE `snap_noschema_threads_partitions`;
UPDATE a SET v='x' WHERE id=1;

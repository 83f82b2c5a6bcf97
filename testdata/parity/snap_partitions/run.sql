USE `snap_partitions`;
UPDATE a SET v='x' WHERE id=1;

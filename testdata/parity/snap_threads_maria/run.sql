USE `snap_threads_maria`;
UPDATE a SET v='x' WHERE id=1;

USE `snap_threads`;
UPDATE a SET v='x' WHERE id=1;

USE `snap_order_case`;
UPDATE a1 SET id=3;

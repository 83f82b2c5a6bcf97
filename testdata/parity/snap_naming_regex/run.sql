USE `snap_naming_regex`;
UPDATE orders_1 SET v='q'; UPDATE `key less_3` SET v=9;

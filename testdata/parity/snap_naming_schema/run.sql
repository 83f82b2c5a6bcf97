USE `snap_naming_schema`;
UPDATE `a_b` SET id=7;

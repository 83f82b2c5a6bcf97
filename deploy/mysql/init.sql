-- Run once by the MySQL image, on an empty data folder.
CREATE USER 'cdcd'@'%' IDENTIFIED BY 'cdcd';
GRANT REPLICATION SLAVE, REPLICATION CLIENT ON *.* TO 'cdcd'@'%';
GRANT SELECT ON shop.* TO 'cdcd'@'%';

CREATE DATABASE shop;
CREATE TABLE shop.orders (
  id       BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
  customer VARCHAR(100)    NOT NULL,
  amount   DECIMAL(10, 2)  NOT NULL,
  status   ENUM('new', 'paid', 'sent') NOT NULL DEFAULT 'new',
  note     JSON,
  changed  TIMESTAMP(6)    NOT NULL DEFAULT CURRENT_TIMESTAMP(6) ON UPDATE CURRENT_TIMESTAMP(6)
);

-- traders.sql -- the well-known example of a trading company, 15 tables, for either engine.
CREATE TABLE categories (
    category_id SMALLINT NOT NULL PRIMARY KEY,
    category_name VARCHAR(15) NOT NULL,
    description TEXT,
    picture BYTEA
);
CREATE TABLE customer_demographics (
    customer_type_id VARCHAR(5) NOT NULL PRIMARY KEY,
    customer_desc TEXT
);
CREATE TABLE customers (
    customer_id VARCHAR(5) NOT NULL PRIMARY KEY,
    company_name VARCHAR(40) NOT NULL,
    contact_name VARCHAR(30),
    contact_title VARCHAR(30),
    address VARCHAR(60),
    city VARCHAR(15),
    region VARCHAR(15),
    postal_code VARCHAR(10),
    country VARCHAR(15),
    phone VARCHAR(24),
    fax VARCHAR(24)
);
CREATE TABLE customer_customer_demo (
    customer_id VARCHAR(5) NOT NULL,
    customer_type_id VARCHAR(5) NOT NULL,
    PRIMARY KEY (customer_id, customer_type_id),
    FOREIGN KEY (customer_type_id) REFERENCES customer_demographics,
    FOREIGN KEY (customer_id) REFERENCES customers
);
CREATE TABLE employees (
    employee_id SMALLINT NOT NULL PRIMARY KEY,
    last_name VARCHAR(20) NOT NULL,
    first_name VARCHAR(10) NOT NULL,
    title VARCHAR(30),
    title_of_courtesy VARCHAR(25) CHECK (title_of_courtesy IN ('Ms.', 'Mr.', 'Dr.')),
    birth_date DATE,
    hire_date DATE,
    address VARCHAR(60),
    city VARCHAR(15),
    home_phone VARCHAR(24),
    extension VARCHAR(4),
    photo BYTEA,
    notes TEXT,
    reports_to SMALLINT,
    photo_path VARCHAR(255),
    FOREIGN KEY (reports_to) REFERENCES employees,
    CHECK (birth_date < hire_date)
);
CREATE TABLE suppliers (
    supplier_id SMALLINT NOT NULL PRIMARY KEY,
    company_name VARCHAR(40) NOT NULL,
    contact_name VARCHAR(30),
    country VARCHAR(15),
    homepage TEXT
);
CREATE TABLE products (
    product_id SMALLINT NOT NULL PRIMARY KEY,
    product_name VARCHAR(40) NOT NULL,
    supplier_id SMALLINT,
    category_id SMALLINT,
    quantity_per_unit VARCHAR(20),
    unit_price REAL DEFAULT 0,
    units_in_stock SMALLINT DEFAULT 0,
    units_on_order SMALLINT,
    reorder_level SMALLINT,
    discontinued INTEGER DEFAULT 0 NOT NULL,
    FOREIGN KEY (category_id) REFERENCES categories,
    FOREIGN KEY (supplier_id) REFERENCES suppliers,
    CONSTRAINT sound_price CHECK (unit_price >= 0 AND (reorder_level BETWEEN 0 AND 1000 OR reorder_level IS NULL))
);
CREATE INDEX products_name ON products (product_name);
CREATE INDEX products_shelf ON products (category_id, product_name DESC);
CREATE INDEX products_low ON products (units_in_stock) WHERE discontinued = 0;
CREATE TABLE region (
    region_id SMALLINT NOT NULL PRIMARY KEY,
    region_description VARCHAR(60) NOT NULL
);
CREATE TABLE shippers (
    shipper_id SMALLINT NOT NULL PRIMARY KEY,
    company_name VARCHAR(40) NOT NULL,
    phone VARCHAR(24)
);
CREATE TABLE orders (
    order_id INTEGER NOT NULL PRIMARY KEY,
    customer_id VARCHAR(5),
    employee_id SMALLINT,
    order_date DATE DEFAULT CURRENT_DATE,
    required_date DATE,
    shipped_date DATE,
    ship_via SMALLINT,
    freight NUMERIC(10,2) DEFAULT 0.00,
    ship_name VARCHAR(40) DEFAULT 'it''s "here"',
    FOREIGN KEY (customer_id) REFERENCES customers ON DELETE SET NULL ON UPDATE CASCADE,
    FOREIGN KEY (employee_id) REFERENCES employees,
    FOREIGN KEY (ship_via) REFERENCES shippers
);
CREATE UNIQUE INDEX one_a_day ON orders (customer_id, order_date) WHERE shipped_date IS NULL;
CREATE INDEX orders_by_year ON orders (lower(ship_name));
CREATE TABLE territories (
    territory_id VARCHAR(20) NOT NULL PRIMARY KEY,
    territory_description VARCHAR(60) NOT NULL,
    region_id SMALLINT NOT NULL,
    FOREIGN KEY (region_id) REFERENCES region
);
CREATE TABLE employee_territories (
    employee_id SMALLINT NOT NULL,
    territory_id VARCHAR(20) NOT NULL,
    since DATE DEFAULT CURRENT_DATE NOT NULL,
    PRIMARY KEY (employee_id, territory_id),
    FOREIGN KEY (territory_id) REFERENCES territories,
    FOREIGN KEY (employee_id) REFERENCES employees
);
CREATE TABLE order_details (
    order_id INTEGER NOT NULL,
    product_id SMALLINT NOT NULL,
    unit_price REAL NOT NULL,
    quantity SMALLINT NOT NULL,
    discount REAL NOT NULL,
    PRIMARY KEY (order_id, product_id),
    FOREIGN KEY (product_id) REFERENCES products,
    FOREIGN KEY (order_id) REFERENCES orders
);
CREATE TABLE us_states (
    state_id SMALLINT NOT NULL PRIMARY KEY,
    state_name VARCHAR(100),
    state_abbr VARCHAR(2) UNIQUE,
    "order" INTEGER,
    "default" VARCHAR(10) DEFAULT 'x',
    "two words" BOOLEAN DEFAULT FALSE NOT NULL
);
CREATE TABLE audit_log (
    happened DATE NOT NULL,
    what TEXT NOT NULL
);
INSERT INTO region VALUES (1, 'Eastern');
INSERT INTO territories VALUES ('01581', 'Westboro', 1);
INSERT INTO customers (customer_id, company_name) VALUES ('ALFKI', 'Alfreds');

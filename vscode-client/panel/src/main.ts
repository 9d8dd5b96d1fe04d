/** Where the page begins. */
import { connect } from "./connection";
import { Page } from "./page";

const connection = connect();
connection.listen(new Page(connection));

import type { Call } from '../access/call.ts'
import type { Input, OperationName, Output } from '../contract/types.ts'

/** What carries an operation out. It knows no HTTP and no SQL; it writes down what is wanted, and answers. */
export type Handler<Name extends OperationName> = (call: Call, input: Input<Name>) => Promise<Output<Name>>

/**
 * The one shape of a wire: a subset of Web Serial's `SerialPort`, so that a browser's own port fits too.
 *
 * @module
 */

/** How a port is opened. Data format is 8N1 unless said otherwise. */
export interface SerialOptions {
  /** Bits per second. */
  baudRate: number;
  /** Bits of a character. @default {8} */
  dataBits?: 7 | 8;
  /** Bits after a character. @default {1} */
  stopBits?: 1 | 2;
  /** Parity bit. @default {"none"} */
  parity?: "none" | "even" | "odd";
  /** Flow control. @default {"none"} */
  flowControl?: "none" | "hardware";
}

/** Modem lines that a host drives. */
export interface SerialOutputSignals {
  /** DTR; many boards reset on a change of it. */
  dataTerminalReady?: boolean;
  /** RTS. */
  requestToSend?: boolean;
  /** Holds the line in break state. */
  break?: boolean;
}

/** What is known of the device behind a port. */
export interface SerialPortInfo {
  /** USB vendor id, such as 0x0483 for STMicroelectronics. */
  usbVendorId?: number;
  /** USB product id. */
  usbProductId?: number;
}

/**
 * A byte stream in both directions, in the shape of Web Serial.
 *
 * `readable` ends (done) when the device vanishes or the port is closed; `writable` rejects then. Both are null while
 * the port is closed. As in Web Serial, release or cancel readers and writers before `close()`.
 */
export interface SerialPort {
  /** Bytes from the device; null while closed. */
  readonly readable: ReadableStream<Uint8Array> | null;
  /** Bytes to the device; null while closed. */
  readonly writable: WritableStream<Uint8Array> | null;
  /** Opens the port. */
  open(options: SerialOptions): Promise<void>;
  /**
   * Changes how an open port sends and receives, without closing it. Absent where a port can only be opened anew, as those
   * of a browser.
   */
  reconfigure?(options: SerialOptions): Promise<void>;
  /** Drives modem lines; a port without them ignores the call. */
  setSignals(signals: SerialOutputSignals): Promise<void>;
  /** USB ids where known. */
  getInfo(): SerialPortInfo;
  /** Closes the port; a pending read ends. Closing twice does no harm. */
  close(): Promise<void>;
}

/** What the streamer uses of this package, which has no types of its own. */
declare module 'x11' {
  type Callback<Value> = (error: Error | null, value: Value) => void

  /** Fields by the kind of event, checked where they are used. */
  export interface XEvent {
    name?: string
    [field: string]: unknown
  }

  export interface SharedMemoryProvider {
    flavor: 'fd'
    zeroCopy: boolean
    create(size: number): { size: number; fd: number; buffer: Buffer }
    commit(): void
    sync(): void
    destroy(segment: { fd: number }): void
  }

  export interface Segment {
    buffer: Buffer
    getImage(
      drawable: number,
      x: number,
      y: number,
      width: number,
      height: number,
      planes: number,
      format: number,
      offset: number,
      callback: Callback<unknown>,
    ): void
    detach(): void
  }

  export interface SharedMemory {
    createSegment(size: number, callback: Callback<Segment>): void
  }

  export interface Damage {
    Create(damage: number, drawable: number, level: number): void
    Destroy(damage: number): void
    Subtract(damage: number, repair: number, parts: number): void
  }

  export interface CursorImage {
    width: number
    height: number
    xhot: number
    yhot: number
    cursorImage: Buffer
  }

  export interface Fixes {
    SelectCursorInput(window: number, mask: number): void
    SelectSelectionInput(window: number, selection: number, mask: number): void
    GetCursorImage(callback: Callback<CursorImage>): void
    HideCursor(window: number): void
  }

  export interface XTest {
    FakeInput(type: number, detail: number, time: number, window: number, x: number, y: number): void
  }

  export interface ScreenResources {
    timestamp: number
    config_timestamp: number
    crtcs: number[]
    outputs: number[]
    modeinfos: { id: number; width: number; height: number; name: string }[]
  }

  export interface CrtcInfo {
    x: number
    y: number
    width: number
    height: number
    /** 0: it shows nothing. */
    mode: number
  }

  export interface RandR {
    SelectInput(window: number, mask: number): void
    GetCrtcInfo(crtc: number, configTime: number, callback: Callback<CrtcInfo>): void
    GetScreenResources(window: number, callback: Callback<ScreenResources>): void
    GetScreenSizeRange(
      window: number,
      callback: Callback<{ minWidth: number; minHeight: number; maxWidth: number; maxHeight: number }>,
    ): void
    SetScreenSize(window: number, width: number, height: number, mmWidth: number, mmHeight: number): void
    CreateMode(window: number, mode: Record<string, number | string>, callback: Callback<number>): void
    DestroyMode(mode: number): void
    AddOutputMode(output: number, mode: number): void
    DeleteOutputMode(output: number, mode: number): void
    SetCrtcConfig(
      crtc: number,
      time: number,
      configTime: number,
      x: number,
      y: number,
      mode: number,
      rotation: number,
      outputs: number[],
      callback: Callback<{ status: number }>,
    ): void
  }

  export interface Extensions {
    shm: SharedMemory
    damage: Damage
    fixes: Fixes
    xtest: XTest
    randr: RandR
  }

  export interface WindowValues {
    eventMask?: number
    backgroundPixel?: number
    overrideRedirect?: boolean
  }

  export interface XClient {
    require<Name extends keyof Extensions>(name: Name, callback: Callback<Extensions[Name]>): void
    /** For a request that the package has no function for. */
    on(name: 'event', listener: (event: XEvent) => void): void
    on(name: 'error', listener: (error: Error) => void): void
    on(name: 'end', listener: () => void): void
    AllocID(): number
    InternAtom(onlyIfExists: boolean, name: string, callback: Callback<number>): void
    ChangeWindowAttributes(window: number, values: { eventMask: number }): void
    CreateWindow(
      id: number,
      parent: number,
      x: number,
      y: number,
      width: number,
      height: number,
      borderWidth: number,
      depth: number,
      windowClass: number,
      visual: number,
      values: WindowValues,
    ): void
    CreatePixmap(id: number, drawable: number, depth: number, width: number, height: number): void
    CreateGC(id: number, drawable: number, values: { foreground?: number }): void
    PutImage(
      format: number,
      drawable: number,
      gc: number,
      width: number,
      height: number,
      x: number,
      y: number,
      leftPad: number,
      depth: number,
      data: Buffer,
    ): void
    CopyArea(
      from: number,
      to: number,
      gc: number,
      fromX: number,
      fromY: number,
      toX: number,
      toY: number,
      width: number,
      height: number,
    ): void
    GetKeyboardMapping(first: number, count: number, callback: Callback<number[][]>): void
    ChangeKeyboardMapping(first: number, perKeycode: number, keysyms: number[]): void
    GetProperty(
      remove: number,
      window: number,
      name: number,
      type: number,
      offset: number,
      length: number,
      callback: Callback<{ type: number; bytesAfter: number; data: Buffer }>,
    ): void
    ChangeProperty(
      mode: number,
      window: number,
      name: number,
      type: number,
      bits: number,
      data: Buffer | number[],
    ): void
    DeleteProperty(window: number, name: number): void
    GetGeometry(drawable: number, callback: Callback<{ width: number; height: number }>): void
    TranslateCoordinates(
      from: number,
      to: number,
      x: number,
      y: number,
      callback: Callback<{ destX: number; destY: number }>,
    ): void
    /** Until it is taken back, the X server does nothing for others. */
    GrabServer(): void
    UngrabServer(): void
    MapWindow(window: number): void
    DestroyWindow(window: number): void
    ReleaseID(id: number): void
    ConvertSelection(window: number, selection: number, target: number, property: number, time: number): void
    SetSelectionOwner(window: number, selection: number, time: number): void
    SendEvent(window: number, propagate: boolean, mask: number, event: Buffer): void
    terminate(): void
  }

  export interface Connected {
    client: XClient
    screen: { root: number; pixel_width: number; pixel_height: number; root_depth: number }[]
  }

  const x11: {
    createClient(
      options: {
        display: string
        stream?: import('node:stream').Duplex
        shm?: SharedMemoryProvider
        /** Until one needs an answer, or the event loop has nothing else to do: they go to the X server in one write. */
        bufferRequests?: boolean
      },
      callback: Callback<Connected>,
    ): void
    eventMask: { PropertyChange: number; StructureNotify: number }
  }
  export default x11
}

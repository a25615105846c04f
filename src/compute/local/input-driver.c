/*
 * An input driver of the X.Org server: a pen, its eraser, or fingers, each a device of its own to programs. They are moved
 * by what is written to a pipe, which the driver makes, and need no device of the kernel's.
 *
 * A pen has the axes of Wacom's tablets in their order, and their range of tilt, so that programs know them that count axes
 * instead of reading their names.
 *
 * The setup builds it (`bin/setup/input-driver.js`), `desktop/xorg.conf` names its devices, and the streamer writes to their
 * pipes (`src/streamer/device.ts`): each time one `struct event`, whole.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <xorg-server.h>
#include <xf86.h>
#include <xf86Xinput.h>
#include <exevents.h>
#include <xserver-properties.h>

enum { MOVE, NEAR, AWAY, PRESS, RELEASE, FINGER_DOWN, FINGER_MOVE, FINGER_UP };

#define AXES 5

struct event {
    uint32_t kind;
    /* Of the button, from 1, or of the finger, from 0. */
    uint32_t number;
    /* In the order of the axes; of fingers the first two. */
    int32_t values[AXES];
};

static const struct axis {
    const char *label;
    int min, max;
    /* Units in a meter, or in a radian: 1 where there is none. */
    int resolution;
} axes[AXES] = {
    { AXIS_LABEL_PROP_ABS_X, 0, 65535, 1 },
    { AXIS_LABEL_PROP_ABS_Y, 0, 65535, 1 },
    { AXIS_LABEL_PROP_ABS_PRESSURE, 0, 65535, 1 },
    { AXIS_LABEL_PROP_ABS_TILT_X, -64, 63, 57 },
    { AXIS_LABEL_PROP_ABS_TILT_Y, -64, 63, 57 },
}, touch_axes[] = {
    { AXIS_LABEL_PROP_ABS_MT_POSITION_X, 0, 65535, 1 },
    { AXIS_LABEL_PROP_ABS_MT_POSITION_Y, 0, 65535, 1 },
};

/* Tip, middle and right, as of a mouse: what programs expect of a pen. */
static const char *const buttons[] = {
    BTN_LABEL_PROP_BTN_LEFT, BTN_LABEL_PROP_BTN_MIDDLE, BTN_LABEL_PROP_BTN_RIGHT,
};

#define BUTTONS 3
#define FINGERS 10

struct tablet {
    Bool is_touch;
    /* A bit for each finger. */
    unsigned touching;
    char *path;
    ValuatorMask *mask;
};

static Atom atom(const char *name)
{
    return MakeAtom(name, strlen(name), TRUE);
}

static void ignore_control(DeviceIntPtr device, PtrCtrl *control)
{
    (void) device;
    (void) control;
}

static Bool make_axes(DeviceIntPtr device, const struct axis *axes, int count)
{
    Atom labels[AXES];

    for (int i = 0; i < count; i++)
        labels[i] = atom(axes[i].label);
    if (!InitValuatorClassDeviceStruct(device, count, labels, GetMotionHistorySize(), Absolute))
        return FALSE;
    for (int i = 0; i < count; i++) {
        const struct axis *a = &axes[i];
        if (!xf86InitValuatorAxisStruct(device, i, labels[i], a->min, a->max, a->resolution, 0, a->resolution, Absolute))
            return FALSE;
    }
    return TRUE;
}

static Bool make_device(DeviceIntPtr device, const struct tablet *tablet)
{
    CARD8 map[BUTTONS + 1];
    Atom labels[BUTTONS];

    for (int i = 0; i < BUTTONS; i++)
        labels[i] = atom(buttons[i]);
    for (int i = 0; i <= BUTTONS; i++)
        map[i] = i;
    /* Fingers have buttons as well: one finger is a mouse to programs that know no fingers. */
    if (!InitButtonClassDeviceStruct(device, BUTTONS, labels, map)
        || !InitPtrFeedbackClassDeviceStruct(device, ignore_control))
        return FALSE;
    if (tablet->is_touch)
        return make_axes(device, touch_axes, 2)
            && InitTouchClassDeviceStruct(device, FINGERS, XIDirectTouch, 2);
    return make_axes(device, axes, AXES) && InitProximityClassDeviceStruct(device);
}

/* Of bytes that wait to be read: a pen of a thousand samples a second that comes back after half a minute. */
#define PIPE_BYTES (1024 * 1024)

/* For reading and writing, so that it never comes to an end, whoever leaves. A smaller one will do where a large one is refused. */
static int open_pipe(InputInfoPtr info, const char *path)
{
    int fd;

    unlink(path);
    if (mkfifo(path, 0600) == 0 && (fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC)) >= 0) {
        fcntl(fd, F_SETPIPE_SZ, PIPE_BYTES);
        return fd;
    }
    xf86IDrvMsg(info, X_ERROR, "%s cannot be made: %s\n", path, strerror(errno));
    return -1;
}

static int control(DeviceIntPtr device, int what)
{
    InputInfoPtr info = device->public.devicePrivate;
    struct tablet *tablet = info->private;

    switch (what) {
    case DEVICE_INIT:
        return make_device(device, tablet) ? Success : BadAlloc;
    case DEVICE_ON:
        info->fd = open_pipe(info, tablet->path);
        if (info->fd < 0)
            return BadValue;
        xf86AddEnabledDevice(info);
        device->public.on = TRUE;
        return Success;
    case DEVICE_OFF:
    case DEVICE_CLOSE:
        device->public.on = FALSE;
        tablet->touching = 0;
        if (info->fd >= 0) {
            xf86RemoveEnabledDevice(info);
            close(info->fd);
            info->fd = -1;
            unlink(tablet->path);
        }
        return Success;
    default:
        return Success;
    }
}

/* A finger comes before it moves or goes. */
static void touch(DeviceIntPtr device, struct tablet *tablet, const struct event *event)
{
    unsigned finger = event->number < FINGERS ? 1u << event->number : 0;
    Bool is_new = event->kind == FINGER_DOWN;
    uint16_t type = is_new ? XI_TouchBegin : event->kind == FINGER_MOVE ? XI_TouchUpdate : XI_TouchEnd;

    if (finger == 0 || is_new == ((tablet->touching & finger) != 0))
        return;
    xf86PostTouchEvent(device, event->number, type, 0, tablet->mask);
    tablet->touching = event->kind == FINGER_UP ? tablet->touching & ~finger : tablet->touching | finger;
}

static void post(InputInfoPtr info, struct tablet *tablet, const struct event *event)
{
    DeviceIntPtr device = info->dev;
    int count = tablet->is_touch ? 2 : AXES;
    Bool is_of_touch = event->kind >= FINGER_DOWN;

    if (event->kind > FINGER_UP || is_of_touch != tablet->is_touch)
        return;
    for (int i = 0; i < count; i++)
        valuator_mask_set(tablet->mask, i, event->values[i]);

    switch (event->kind) {
    case MOVE:
        xf86PostMotionEventM(device, TRUE, tablet->mask);
        return;
    case NEAR:
    case AWAY:
        xf86PostProximityEventM(device, event->kind == NEAR, tablet->mask);
        return;
    case PRESS:
    case RELEASE:
        if (event->number >= 1 && event->number <= BUTTONS)
            xf86PostButtonEventM(device, TRUE, event->number, event->kind == PRESS, tablet->mask);
        return;
    default:
        touch(device, tablet, event);
    }
}

/* A pipe keeps together what is written at once, so no event comes in parts. */
static void read_input(InputInfoPtr info)
{
    struct event events[64];
    ssize_t bytes;

    while ((bytes = read(info->fd, events, sizeof events)) > 0)
        for (size_t i = 0; i < bytes / sizeof *events; i++)
            post(info, info->private, &events[i]);
}

static void forget(InputDriverPtr driver, InputInfoPtr info, int flags)
{
    struct tablet *tablet = info->private;

    (void) driver;
    if (tablet) {
        valuator_mask_free(&tablet->mask);
        free(tablet->path);
        free(tablet);
        info->private = NULL;
    }
    xf86DeleteInput(info, flags);
}

/* `Type` is what programs are told: STYLUS, ERASER or TOUCHSCREEN. */
static int prepare(InputDriverPtr driver, InputInfoPtr info, int flags)
{
    struct tablet *tablet = calloc(1, sizeof *tablet);

    (void) driver;
    (void) flags;
    if (!tablet)
        return BadAlloc;
    info->private = tablet;
    info->fd = -1;
    info->type_name = xf86SetStrOption(info->options, "Type", "STYLUS");
    info->device_control = control;
    info->read_input = read_input;
    tablet->is_touch = strcmp(info->type_name, "TOUCHSCREEN") == 0;
    tablet->path = xf86SetStrOption(info->options, "Path", NULL);
    tablet->mask = valuator_mask_new(AXES);
    if (tablet->path && tablet->mask)
        return Success;
    xf86IDrvMsg(info, X_ERROR, "Path is missing\n");
    return BadValue;
}

static InputDriverRec driver = {
    .driverVersion = 1,
    .driverName = "atelier",
    .PreInit = prepare,
    .UnInit = forget,
};

static void *load(void *module, void *options, int *error, int *minor)
{
    (void) options;
    (void) error;
    (void) minor;
    xf86AddInputDriver(&driver, module, 0);
    return module;
}

static XF86ModuleVersionInfo version = {
    .modname = "atelier",
    .vendor = "Atelier",
    ._modinfo1_ = MODINFOSTRING1,
    ._modinfo2_ = MODINFOSTRING2,
    .xf86version = XORG_VERSION_CURRENT,
    .majorversion = 1,
    .abiclass = ABI_CLASS_XINPUT,
    .abiversion = ABI_XINPUT_VERSION,
    .moduleclass = MOD_CLASS_XINPUT,
};

_X_EXPORT XF86ModuleData atelierModuleData = { .vers = &version, .setup = load };

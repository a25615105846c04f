/**
 * The words in `context.reason` by which a script can tell refusals of one exception apart (decision 1), with what each
 * means and what to do. They are Atelier's own, the exceptions are the contract's. `docs/guide/reasons.md` is written
 * from here.
 */
export const reasons = {
  ValidationException: {
    INVALID_MEMBER: 'One or more members are outside what the contract allows. The message names all of them.',
    REPEATED_PARAMETER: 'A query parameter that may stand once is given several times.',
    INVALID_NEXT_TOKEN:
      'nextToken is damaged, older than 24 hours, or from another list, studio, caller or filter. Start again without it.',
    CLIENT_TOKEN_REUSED:
      'This client token was used for a call with other parameters. Use a new one for each thing you want.',
    INVALID_STREAM_CONFIGURATION:
      'Settings of streamConfiguration exclude each other. The message names all that need another, and which.',
    INVALID_ENCRYPTION: 'keyArn goes with keyType CUSTOMER_MANAGED_KEY, and only with it.',
    INSTANCE_TYPE_NOT_IN_LAUNCH_PROFILE:
      'The launch profile does not offer this instance type. GetLaunchProfile lists those it does.',
    IMAGE_NOT_IN_LAUNCH_PROFILE:
      'The launch profile does not offer this streaming image. GetLaunchProfile lists those it does.',
    UNKNOWN_INSTANCE_TYPE: 'The launch profile names an instance type that the installation has no longer.',
    CONFIGURATION_OF_ANOTHER_TYPE: 'The configuration is not the one that goes with the type of the component.',
    SUBTYPE_OF_ANOTHER_TYPE: 'The subtype is not one of the type of the component. CUSTOM goes with every type.',
    REPEATED_ID: 'A list holds the same id twice. The message names the list.',
    REPEATED_SCRIPT_PARAMETER: 'Two script parameters of a component have the same key.',
    TOO_MANY_IDS: 'sessionIds and eulaIds take at most 100 ids.',
    EXTENSION_TOO_LONG:
      'The session would run longer than its launch profile allows. context.extendableTo is the latest end.',
    BACKUP_NOT_USABLE: 'A session starts only from a READY backup of the same studio and owner.',
    EULA_NOT_ACCEPTED:
      'The streaming image has EULAs that the studio has not accepted: context.eulaIds. AcceptEulas accepts them.',
    NO_EULA_NAMED: 'AcceptEulas needs the ids of the EULAs that are accepted.',
    UNKNOWN_IDENTITY_STORE: 'identityStoreId is not the identity store of this installation.',
    UNKNOWN_PRINCIPAL: 'No user of this installation has this id: context.resourceId.',
    PROTOCOL_VERSION_NOT_IN_LAUNCH_PROFILE: 'The launch profile does not offer this protocol version.',
    INVALID_LAUNCH_PURPOSE: 'launchPurpose has 1 to 64 characters of A to Z, 0 to 9 and _.',
    INVALID_PLATFORM: 'platform is LINUX or WINDOWS, in any case.',
    SSO_CONFIGURATION_VALID: 'The sign-in configuration of the studio is valid, so there is nothing to repair.',
    INVALID_POLICY: 'The policy document is not in the subset of IAM that is understood. The message says where.',
    POLICY_OF_USER: 'Policies are attached to accounts. What a user may do follows from his studios.',
    PASSWORD_OF_ACCOUNT: 'Only users have passwords. An account signs with access keys.',
    INVALID_TAG: 'A tag has a key of 1 to 128 characters that does not begin with aws:, and a value of at most 256.',
    TOO_MANY_TAGS: 'A resource has at most 50 tags.',
  },
  ConflictException: {
    INVALID_STATE: 'The resource is in a state that does not take this. The message names the state.',
    SESSION_NOT_STOPPABLE: 'Sessions of this launch profile end by being deleted: their profile keeps none stopped.',
    EXTENSION_NOT_ALLOWED:
      'The session policy of the launch profile lets no session run longer. PutSessionPolicy allows it to later sessions.',
    EXTENSION_USED_UP: 'The session has been extended as far as its launch profile allows.',
    IN_USE: 'A launch profile uses this resource. Take it out of the profile first; context.resourceId is the profile.',
    STUDIO_NAME_IN_USE: 'Another studio has this name.',
    USER_NAME_IN_USE: 'Another user or account has this name.',
    USER_WITH_STREAMING_SESSIONS_NOT_DELETED: 'The user owns streaming sessions. Delete them first.',
    POLICY_IS_MANAGED: 'The policy comes with Atelier and cannot be changed. Put one of your own.',
    POLICY_IS_ATTACHED: 'The policy is attached to accounts. Detach it first.',
    LAST_ADMINISTRATOR: 'Nobody would be left with AdministratorAccess and a key that works. Give it to another first.',
  },
  ResourceNotFoundException: {
    NOT_FOUND: 'There is no such resource, or none that you may know of. context.resourceId is its id.',
  },
  AccessDeniedException: {
    NOT_ALLOWED: 'No policy of yours allows this call on this resource, or one forbids it.',
    WRONG_PASSWORD: 'To change your own password, give the current one as currentPassword.',
    FOREIGN_ORIGIN: 'The request carries a sign-in of the portal, but does not come from a page of the portal.',
  },
  ServiceQuotaExceededException: {
    QUOTA_EXCEEDED: 'A quota is used up: context.quota. Delete something, or raise the setting.',
  },
  ThrottlingException: {
    TOO_MANY_REQUESTS: 'Too many requests of this caller. Try again after the time in the Retry-After header.',
  },
  InternalServerErrorException: {
    INTERNAL_ERROR: 'A bug, or a fault of the host. The log of the server has the cause under the request id.',
    DISK_FULL:
      'The disk that holds the database is full. Nothing was changed; reads are answered. Try again after the time in the Retry-After header.',
    DATABASE_UNAVAILABLE:
      'The database could not be read or written. Try again after the time in the Retry-After header, with the same client token.',
  },
  SerializationException: {
    MALFORMED_REQUEST: 'The body is not JSON, or a value in it or in the path has the wrong type or form.',
  },
  UnsupportedMediaTypeException: {
    WRONG_CONTENT_TYPE: 'A body is sent as application/json.',
  },
  RequestEntityTooLargeException: {
    BODY_TOO_LARGE: 'The body of a request has at most 1 MiB.',
  },
  UnknownOperationException: {
    UNKNOWN_OPERATION: 'No operation has this method and path.',
  },
  MissingAuthenticationTokenException: {
    NOT_SIGNED: 'The request has no signature in its Authorization header. Presigned URLs are not taken.',
  },
  IncompleteSignatureException: {
    INCOMPLETE_SIGNATURE: 'The signature lacks a part, or is not in the form of Signature Version 4.',
  },
  UnrecognizedClientException: {
    UNKNOWN_KEY: 'The access key id is unknown or disabled.',
    NOT_SIGNED_IN: 'The sign-in of the browser has ended. Sign in again.',
  },
  InvalidSignatureException: {
    WRONG_SIGNATURE: 'The signature, its scope or its time does not fit the request. The message says which.',
  },
} as const satisfies Readonly<Record<string, Readonly<Record<string, string>>>>

export type Refusal = keyof typeof reasons
export type Reason<Name extends Refusal> = keyof (typeof reasons)[Name] & string

using System.Text.Json;
using System.Text.Json.Serialization;
using Lodger.Vast.Wire;

namespace Lodger.Vast.Json;

/// <summary>What comes: read leniently. Generated at build time, no reflection at run time.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.General,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    Converters = [typeof(LenientDecimal), typeof(LenientDouble), typeof(LenientLong), typeof(LenientBool), typeof(LenientText)])]
[JsonSerializable(typeof(VastOffer))]
[JsonSerializable(typeof(VastInstance))]
[JsonSerializable(typeof(VastCopy))]
[JsonSerializable(typeof(VastUser))]
[JsonSerializable(typeof(VastSshKey))]
[JsonSerializable(typeof(VastCharge))]
[JsonSerializable(typeof(VastWebhook))]
[JsonSerializable(typeof(VastNotificationType))]
[JsonSerializable(typeof(VastVolume))]
[JsonSerializable(typeof(VastCloud))]
internal sealed partial class VastJson : JsonSerializerContext;

/// <summary>What goes: written exactly.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.General,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(CreateInstance))]
[JsonSerializable(typeof(ChangeInstance))]
[JsonSerializable(typeof(SshKeyBody))]
[JsonSerializable(typeof(LogsBody))]
[JsonSerializable(typeof(CommandBody))]
[JsonSerializable(typeof(CopyBody))]
[JsonSerializable(typeof(RentVolumeBody))]
[JsonSerializable(typeof(DeleteVolumeBody))]
[JsonSerializable(typeof(CloudCopyBody))]
[JsonSerializable(typeof(BidBody))]
[JsonSerializable(typeof(EmptyBody))]
[JsonSerializable(typeof(WebhookBody))]
internal sealed partial class VastBodies : JsonSerializerContext;

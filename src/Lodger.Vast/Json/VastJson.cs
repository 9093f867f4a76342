using System.Text.Json;
using System.Text.Json.Serialization;
using Lodger.Vast.Wire;

namespace Lodger.Vast.Json;

/// <summary>Every shape of the wire, generated at build time: no reflection at run time.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.General,
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    Converters = [typeof(LenientDecimal), typeof(LenientDouble), typeof(LenientLong), typeof(LenientBool), typeof(LenientText)])]
[JsonSerializable(typeof(VastOffer))]
[JsonSerializable(typeof(VastInstance))]
[JsonSerializable(typeof(VastUser))]
[JsonSerializable(typeof(VastSshKey))]
[JsonSerializable(typeof(VastCharge))]
[JsonSerializable(typeof(CreateInstance))]
[JsonSerializable(typeof(ChangeInstance))]
[JsonSerializable(typeof(SshKeyBody))]
[JsonSerializable(typeof(LogsBody))]
[JsonSerializable(typeof(CommandBody))]
[JsonSerializable(typeof(EmptyBody))]
internal sealed partial class VastJson : JsonSerializerContext;

using System.Text.Json.Serialization;

namespace Lodger.Server.Api;

/// <summary>The one JSON context of the server's interface, generated at build time so that a client starts quickly.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UseStringEnumConverter = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(ServerView))]
[JsonSerializable(typeof(ProblemView))]
[JsonSerializable(typeof(OffersView))]
[JsonSerializable(typeof(AccountView))]
[JsonSerializable(typeof(WebhookRequest))]
[JsonSerializable(typeof(WebhookView))]
[JsonSerializable(typeof(WebhookView[]))]
[JsonSerializable(typeof(PlanRequest))]
[JsonSerializable(typeof(PlanView))]
[JsonSerializable(typeof(SubmitRequest))]
[JsonSerializable(typeof(JobView))]
[JsonSerializable(typeof(JobView[]))]
[JsonSerializable(typeof(Domain.Jobs.JournalEntry[]))]
[JsonSerializable(typeof(CostView))]
[JsonSerializable(typeof(ClocksView))]
[JsonSerializable(typeof(SurveyView))]
[JsonSerializable(typeof(Domain.Storage.StorageMap))]
[JsonSerializable(typeof(Engine.Doctor.CheckUp))]
[JsonSerializable(typeof(Engine.Doctor.CheckUp[]))]
[JsonSerializable(typeof(RentalView))]
[JsonSerializable(typeof(GateView))]
[JsonSerializable(typeof(ApproveRequest))]
[JsonSerializable(typeof(AbandonRequest))]
[JsonSerializable(typeof(ActRequest))]
[JsonSerializable(typeof(LogView))]
[JsonSerializable(typeof(BoxView))]
public sealed partial class ApiJson : JsonSerializerContext;

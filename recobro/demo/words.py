"""Colombian words for the demo's people, firms and addresses. What is drawn from them is invented; nobody is meant."""

WOMEN = (
    "María", "Luisa", "Adriana", "Paola", "Mónica", "Sofía", "Valentina", "Andrea", "Ángela", "Catalina", "Claudia",
    "Diana", "Gloria", "Inés", "Juliana", "Laura", "Lucía", "Marcela", "Milena", "Natalia", "Nelly", "Rocío",
    "Sandra", "Tatiana", "Verónica", "Ximena", "Yolanda", "Zoraida", "Bárbara", "Begoña",
)  # fmt: skip
MEN = (
    "José", "Andrés", "Álvaro", "Carlos", "César", "Diego", "Édgar", "Fabián", "Germán", "Héctor", "Iván", "Jaime",
    "Jesús", "Jorge", "Juan", "Julián", "Luis", "Mauricio", "Miguel", "Nicolás", "Óscar", "Pablo", "Raúl", "Rubén",
    "Samuel", "Sebastián", "Tomás", "Víctor", "Wílmer", "Yeison",
)  # fmt: skip
SURNAMES = (
    "Acosta", "Álvarez", "Arango", "Ávila", "Bedoya", "Bermúdez", "Cárdenas", "Castaño", "Castro", "Córdoba",
    "Cortés", "Díaz", "Echeverri", "Escobar", "Fernández", "Galeano", "García", "Gómez", "González", "Guzmán",
    "Henao", "Hernández", "Ibáñez", "Jaramillo", "Jiménez", "Londoño", "López", "Marín", "Martínez", "Mejía",
    "Molina", "Montoya", "Moreno", "Muñoz", "Niño", "Ñáñez", "Ocampo", "Ordóñez", "Ortiz", "Ospina", "Osorio", "Páez",
    "Peña", "Pérez", "Pineda", "Quiñones", "Quintero", "Ramírez", "Restrepo", "Rincón", "Ríos", "Rodríguez", "Rojas",
    "Ruiz", "Sánchez", "Sepúlveda", "Suárez", "Téllez", "Torres", "Uribe", "Valencia", "Vargas", "Vásquez", "Vélez",
    "Villamizar", "Yepes", "Zapata", "Zúñiga",
)  # fmt: skip
TRADES = (
    "Ferretería", "Distribuidora", "Panadería", "Comercializadora", "Droguería", "Papelería", "Lácteos",
    "Confecciones", "Transportes", "Insumos Agrícolas", "Repuestos", "Construcciones", "Muebles", "Calzado", "Cafés",
    "Hostería",
)  # fmt: skip
FIRM_NAMES = (
    "El Cóndor", "La Esperanza", "San José", "Los Andes", "El Trébol", "Santa Bárbara", "La Ceiba", "Río Grande",
    "El Roble", "Nueva Época", "La Sabana", "El Nogal", "Montería", "La Montaña", "Sol y Mar", "El Cañaveral",
    "Peñas Blancas",
)  # fmt: skip
FIRM_FORMS = ("S.A.S.", "Ltda.", "S.A.", "y Cía. S. en C.")

CITIES = {
    "andes": (
        ("Bogotá D.C.", "Cundinamarca", "601"), ("Medellín", "Antioquia", "604"), ("Bucaramanga", "Santander", "607"),
        ("Tunja", "Boyacá", "608"), ("Manizales", "Caldas", "606"), ("Ibagué", "Tolima", "608"),
        ("Itagüí", "Antioquia", "604"), ("Popayán", "Cauca", "602"), ("Zipaquirá", "Cundinamarca", "601"),
    ),
    "coast": (
        ("Barranquilla", "Atlántico", "605"), ("Cartagena de Indias", "Bolívar", "605"),
        ("Santa Marta", "Magdalena", "605"), ("Montería", "Córdoba", "604"), ("Sincelejo", "Sucre", "605"),
        ("Riohacha", "La Guajira", "605"), ("Valledupar", "Cesar", "605"), ("Soledad", "Atlántico", "605"),
    ),
}  # fmt: skip
"""City, department and the first digits of its landlines."""

MOBILE_PREFIXES = (
    "300",
    "301",
    "302",
    "304",
    "310",
    "311",
    "312",
    "313",
    "314",
    "315",
    "316",
    "317",
    "318",
    "320",
    "350",
)
STREETS = ("Calle", "Carrera", "Transversal", "Diagonal", "Avenida Calle", "Avenida Carrera")
DISTRICTS = ("Chapinero", "El Prado", "La Candelaria", "Los Ángeles", "San Martín", "Villa María", "Ciudad Jardín")
PAYERS = (
    "Secretaría de Educación", "Alcaldía Distrital", "Hospital Universitario", "Policía Nacional", "Gobernación",
    "Cementos del Norte S.A.", "Palmas de la Costa S.A.S.", "Colegio San Agustín",
)  # fmt: skip
"""Employers that pay payroll-deduction loans (libranzas)."""

DISPUTE_REASONS = (
    "Reclama que ya pagó y adjunta el comprobante", "No reconoce la obligación",
    "Suplantación de identidad denunciada", "Servicio cancelado antes de la factura",
    "Intereses liquidados por encima de la tasa pactada",
)  # fmt: skip
STAGE_REASONS = (
    "Acuerdo incumplido dos veces", "Sin contacto efectivo en 30 días", "Solicitud expresa del acreedor",
    "Cliente localizado y con voluntad de pago",
)  # fmt: skip
REVERSAL_REASONS = (
    "Cheque devuelto por fondos insuficientes", "Contracargo de la tarjeta",
    "Consignación de otro cliente aplicada por error",
)  # fmt: skip
RECALL_REASONS = ("Retiro por decisión del acreedor", "Venta de cartera", "Reestructurado por el acreedor")
